
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_ground'),
    ]

    operations = [
        migrations.AlterField(
            model_name='lettre',
            name='notice',
            field=models.CharField(choices=[('adresse_usable', 'Adresse utilisable'), ('commande_submitted', 'Commande enregistrée'), ('commande_accepted', 'Demande acceptée'), ('commande_to_correct', 'Pièce à remplacer'), ('correction_reminder', 'Rappel : pièce à remplacer'), ('commande_rejected', 'Demande refusée'), ('commande_cancelled', 'Commande annulée'), ('commande_in_production', 'Carte en fabrication'), ('commande_shipped', 'Carte expédiée'), ('commande_delivered', 'Carte reçue'), ('commande_refused_by_centre', 'Carte à fabriquer de nouveau'), ('commande_returned', 'Carte revenue'), ('commande_resent', 'Carte envoyée de nouveau'), ('commande_redirected', 'Adresse d’envoi changée'), ('carte_never_came', 'Carte jamais reçue'), ('carte_opposed', 'Carte en opposition'), ('carte_handed_back', 'Carte restituée'), ('carte_update', 'Carte à mettre à jour'), ('signalement_received', 'Erreur signalée'), ('signalement_handled', 'Erreur signalée : suite donnée'), ('declaration_recorded', 'Déclaration enregistrée'), ('pli_sent', 'Formulaire papier envoyé'), ('brouillon_reminder', 'Brouillon à terminer'), ('brouillon_replaced', 'Brouillon remplacé par le formulaire papier')], max_length=40, verbose_name='avis'),
        ),
        migrations.AlterField(
            model_name='message',
            name='notice',
            field=models.CharField(choices=[('adresse_usable', 'Adresse utilisable'), ('commande_submitted', 'Commande enregistrée'), ('commande_accepted', 'Demande acceptée'), ('commande_to_correct', 'Pièce à remplacer'), ('correction_reminder', 'Rappel : pièce à remplacer'), ('commande_rejected', 'Demande refusée'), ('commande_cancelled', 'Commande annulée'), ('commande_in_production', 'Carte en fabrication'), ('commande_shipped', 'Carte expédiée'), ('commande_delivered', 'Carte reçue'), ('commande_refused_by_centre', 'Carte à fabriquer de nouveau'), ('commande_returned', 'Carte revenue'), ('commande_resent', 'Carte envoyée de nouveau'), ('commande_redirected', 'Adresse d’envoi changée'), ('carte_never_came', 'Carte jamais reçue'), ('carte_opposed', 'Carte en opposition'), ('carte_handed_back', 'Carte restituée'), ('carte_update', 'Carte à mettre à jour'), ('signalement_received', 'Erreur signalée'), ('signalement_handled', 'Erreur signalée : suite donnée'), ('declaration_recorded', 'Déclaration enregistrée'), ('pli_sent', 'Formulaire papier envoyé'), ('brouillon_reminder', 'Brouillon à terminer'), ('brouillon_replaced', 'Brouillon remplacé par le formulaire papier')], max_length=40, verbose_name='avis'),
        ),
    ]
